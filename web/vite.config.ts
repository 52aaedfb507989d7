import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { precompress } from "./build/precompress.ts";

/** Where a running node answers while the app is developed with `npm run dev`. */
const NODE = process.env["INTERURBAN_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/",
  plugins: [svelte(), precompress()],
  server: { proxy: { "/api": NODE, "/collections": NODE } },
  build: {
    outDir: "../src/interurban/http/static",
    emptyOutDir: true,
    target: "es2022",
    // A strict content security policy allows no data: scripts or fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  test: { include: ["tests/**/*.test.ts"] },
});
