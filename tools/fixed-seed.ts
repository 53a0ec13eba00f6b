/**
 * Gives property tests the same cases in every run, so that a failure is caused by the current change. To search for new
 * cases, run `RETOUCH_SEED=random pnpm test` and add each failing case as an explicit example.
 */
import fc from "fast-check";

const wanted = process.env["RETOUCH_SEED"];
if (wanted !== "random") fc.configureGlobal({ seed: Number(wanted ?? 20_261_123) });
