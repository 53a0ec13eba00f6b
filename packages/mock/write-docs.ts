import { writeFileSync } from "node:fs";
import { scenarioDocs } from "./src/scenario-docs.ts";

writeFileSync(new URL("../../docs/scenarios.md", import.meta.url), scenarioDocs());
