import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { editApi } from "./server/edit-api.ts";

export default defineConfig({ plugins: [react(), editApi()] });
