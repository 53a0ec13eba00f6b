/** What to do about codes whose message depends on a page, a terminal or a queue. The others have their own message. */
export const codeAdvice: Readonly<Record<string, string>> = {
  too_short: "Give a longer text.",
  error: "Read the message and `cause`, and report it, please.",
  code_not_loaded:
    "Try again. Deploy all files of your build, and keep those of the last one for pages that are open.",
  offline: "Connect, and send it again. `retry()` of the hooks does so.",
  invalid_session: "Export the session again, and import the complete file.",
  page_left:
    "Check with the provider before you retry. With [jobs](/guides/jobs) on the proxy, such an edit is collected after a reload.",
  storage_full: "Export the session, and remove images that are not needed with `clear()`.",
  storage_unavailable:
    "Private windows and blocked cookies cause this. Export the session before the page is left.",
  image_changed: "Nothing, if you want this. Raise `maxEdgePx` or `maxBytes` of `prepare` otherwise.",
  mask_scaled: "Nothing: image and mask still match.",
  markup_scaled: "Nothing: image and markup still match.",
  image_within_limits: "Nothing.",
  image_not_smaller: "Nothing, or give a smaller image if the server rejects it.",
  image_not_readable: "Convert the image to PNG, JPEG or WebP if the server rejects it.",
  usage: "The message names the flag. `--help` of the command lists all of them.",
  invalid_manifest:
    "The message names the line. Fix it: every row is a JSON object, or a line of a CSV with a header.",
  invalid_row: "The message names the row and what it has wrong. Fix the row; the others can run.",
  unknown_price:
    "Remove `--max-cost`, or give `--lift-budget` to `retouch-queue`, or choose a model whose [price](/reference/models#prices) is known.",
  over_budget:
    "Raise the limit, lower quality or size, or edit fewer images. Earlier runs of the manifest count.",
  not_started: "Run the same command again: it continues.",
  locked: "Wait for the other run to end. Without a sign of life its lock expires after a minute.",
  lock_lost: "Nothing: the other process goes on with the run.",
  in_flight: "Nothing: it was not sent again, and the other process saves it.",
  unresolved_edit:
    "Finish it with `retouch recover`, resend it with `--retry-unknown` if you accept paying twice, or forget it with `retouch recover --dismiss ID`.",
  bad_journal:
    "Use the version of retouch that wrote the file, or restore it from a backup. Move it away only if you do not need its edits any more.",
  manifest_changed: "Run the command again: it reads the manifest as it is now.",
  journal_not_writable: "Free some space, or choose another folder with `RETOUCH_STATE_DIR`.",
  output_exists: "Give another `-o`, overwrite with `--force`, or skip it with `--skip-existing`.",
  disk_full: "Free the space that the message names. Nothing was sent.",
  interrupted: "Run the same command again. `retouch recover --list` shows what may be billed.",
  internal: "Please report it, with the message. `retouch recover --list` shows what may be billed.",
  download_failed:
    "`retouch recover` downloads it again while the URL is valid; `retouch recover --dismiss ID` gives it up.",
  aspect_ratio_mismatch: "Use `--size match-input`, or `--crop`.",
  rescued_images: "Nothing has to be sent again: look at the saved images.",
  sent_again:
    "The image is saved. Look the other attempt up at the provider, then forget it with `retouch recover --dismiss ID`.",
  paste_back_failed: "The result is saved as it arrived. The message says what failed.",
  redis_unreachable: "Check `--redis` or `REDIS_URL`, and that Redis runs. A worker waits and goes on.",
  redis_refused:
    "The message has what Redis said and what to change. `retouch-queue status` shows what may be billed.",
  redis_not_durable:
    "Set what the message names with `CONFIG SET`, or accept the loss with `--accept-redis-loss`.",
  run_not_over: "Let its rows end, or resolve them with `retouch-queue retry` or `retouch recover`.",
  other_server:
    "Start the worker with the base URL of the run. Until then, the row waits for another worker.",
  busy: "Nothing: the row is delivered again.",
  run_missing: "Run the producer again: `retouch-queue run`.",
  unknown_scenario: "Choose one of the [scenarios](/reference/scenarios).",
  scenario_needs_socket: "Use `startMockServer` or `retouch mock` for it.",
  mock_failure: "Read the message: it has the error of your `render` function.",
};
