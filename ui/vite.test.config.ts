import { defineConfig } from "vite";

// Tests run in node, which does not read TypeScript everywhere.
export default defineConfig({
  build: { ssr: "test/all.ts", outDir: "node_modules/.test", target: "es2022" },
});
