# The Homebrew formula. VERSION and the checksums are those of a release's SHA256SUMS: the release fills them in.
class Goperf < Formula
  desc "Performance toolkit for Go programs"
  homepage "https://github.com/goperf/goperf"
  version "VERSION"
  license any_of: ["Apache-2.0", "MIT"]

  on_macos do
    on_arm do
      url "https://github.com/goperf/goperf/releases/download/vVERSION/goperf-VERSION-darwin-arm64.tar.gz"
      sha256 "SHA256_darwin_arm64"
    end
    on_intel do
      url "https://github.com/goperf/goperf/releases/download/vVERSION/goperf-VERSION-darwin-amd64.tar.gz"
      sha256 "SHA256_darwin_amd64"
    end
  end
  on_linux do
    on_arm do
      url "https://github.com/goperf/goperf/releases/download/vVERSION/goperf-VERSION-linux-arm64.tar.gz"
      sha256 "SHA256_linux_arm64"
    end
    on_intel do
      url "https://github.com/goperf/goperf/releases/download/vVERSION/goperf-VERSION-linux-amd64.tar.gz"
      sha256 "SHA256_linux_amd64"
    end
  end

  def install
    bin.install "goperf"
    man1.install Dir["man/man1/*.1"]
    bash_completion.install "completions/goperf.bash" => "goperf"
    zsh_completion.install "completions/_goperf"
    fish_completion.install "completions/goperf.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/goperf --version")
  end
end
