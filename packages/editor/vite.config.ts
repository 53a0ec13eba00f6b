import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { bundledLicenses } from "./bundled-licenses.ts";
import { editApi } from "./server/edit-api.ts";

export default defineConfig({
  plugins: [react(), editApi(), bundledLicenses("dist/third-party-page.txt")],
  build: { outDir: "dist/page" },
});
