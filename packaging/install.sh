#!/bin/sh
# Installs goperf from a release: install.sh [VERSION]
#   GOPERF_RELEASES  where releases lie (a URL or a folder); the project's own by default
#   PREFIX           where to install [default: $HOME/.local]
# Nothing is installed before its checksum is right.
set -eu

releases=${GOPERF_RELEASES:-https://github.com/goperf/goperf/releases/download}
prefix=${PREFIX:-$HOME/.local}
version=${1:-0.1.0}

fail() {
  echo "install: $1" >&2
  exit 1
}

case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  *) fail "no release for $(uname -s); cargo install --locked --path crates/cli builds it" ;;
esac
case $(uname -m) in
  x86_64 | amd64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) fail "no release for $(uname -m); cargo install --locked --path crates/cli builds it" ;;
esac

name=goperf-$version-$os-$arch
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fetch() {
  case $releases in
    http*://*)
      if command -v curl >/dev/null; then
        curl -fsSL -o "$scratch/$1" "$releases/v$version/$1"
      elif command -v wget >/dev/null; then
        wget -q -O "$scratch/$1" "$releases/v$version/$1"
      else
        fail "neither curl nor wget is there"
      fi
      ;;
    *) cp "$releases/$1" "$scratch/$1" ;;
  esac || fail "cannot fetch $1 of version $version"
}

fetch "$name.tar.gz"
fetch SHA256SUMS
want=$(awk -v name="$name.tar.gz" '$2 == name { print $1 }' "$scratch/SHA256SUMS")
[ -n "$want" ] || fail "SHA256SUMS does not name $name.tar.gz"
if command -v sha256sum >/dev/null; then
  got=$(sha256sum "$scratch/$name.tar.gz" | cut -d ' ' -f 1)
else
  got=$(shasum -a 256 "$scratch/$name.tar.gz" | cut -d ' ' -f 1)
fi
[ "$got" = "$want" ] || fail "the checksum of $name.tar.gz is wrong: nothing was installed"

tar -xzf "$scratch/$name.tar.gz" -C "$scratch"
mkdir -p "$prefix/bin" "$prefix/share/man/man1" "$prefix/share/bash-completion/completions" \
  "$prefix/share/zsh/site-functions" "$prefix/share/fish/vendor_completions.d"
cp "$scratch/$name/man/man1/"*.1 "$prefix/share/man/man1/"
cp "$scratch/$name/completions/goperf.bash" "$prefix/share/bash-completion/completions/goperf"
cp "$scratch/$name/completions/_goperf" "$prefix/share/zsh/site-functions/_goperf"
cp "$scratch/$name/completions/goperf.fish" "$prefix/share/fish/vendor_completions.d/goperf.fish"
# The program last, and at once: one that runs is not written over.
cp "$scratch/$name/goperf" "$prefix/bin/.goperf.new"
chmod 755 "$prefix/bin/.goperf.new"
mv -f "$prefix/bin/.goperf.new" "$prefix/bin/goperf"
"$prefix/bin/goperf" --version
case :$PATH: in
  *:"$prefix/bin":*) ;;
  *) echo "hint: $prefix/bin is not on PATH" ;;
esac
