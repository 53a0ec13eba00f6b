/**
 * `pnpm generate`. Node caches what it strips of types, if it is asked to before it loads the first such file: that is
 * half the time of a run that changes nothing.
 */
import { enableCompileCache } from "node:module";

enableCompileCache(`${import.meta.dirname}/node_modules/.cache/compiled`);
const { main } = await import("./src/generate.ts");
await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
