import { writeFileSync } from "node:fs";
import { renderErrors } from "./src/errors/render-errors.ts";

writeFileSync(new URL("../docs/errors.md", import.meta.url), renderErrors());
