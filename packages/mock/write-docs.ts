import { writeFileSync } from "node:fs";
import { scenarioDocs } from "./src/scenarios/docs.ts";

writeFileSync(new URL("../../docs/scenarios.md", import.meta.url), scenarioDocs());
