/**
 * Gives every property test the same cases at every run, so that a red one is about the change at hand. To hunt for new
 * cases run `RETOUCH_SEED=random pnpm test`, and keep what it finds as an example of its own.
 */
import fc from "fast-check";

const wanted = process.env["RETOUCH_SEED"];
if (wanted !== "random") fc.configureGlobal({ seed: Number(wanted ?? 20_261_123) });
