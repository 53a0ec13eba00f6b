// Data for docs and tests. The client imports only its types, so a page never downloads the sentences.
// Over 220 lines: one list of all codes.

/** What a code reports, and what the server may have billed by then. */
interface CodeEntry {
  readonly kind: "problem" | "warning" | "error" | "network" | "response" | "proxy" | "session";
  /** `depends`: read `outcome` of the error. `none`: a warning, the edit goes on. */
  readonly outcome: "not-sent" | "rejected" | "unknown" | "depends" | "none";
  readonly sentence: string;
}

const problem = (sentence: string) => ({ kind: "problem", outcome: "not-sent", sentence }) as const;
/** A problem that is always a warning: the edit is sent. */
const caution = (sentence: string) => ({ kind: "problem", outcome: "none", sentence }) as const;
const warning = (sentence: string) => ({ kind: "warning", outcome: "none", sentence }) as const;
const error = (sentence: string) => ({ kind: "error", outcome: "not-sent", sentence }) as const;
const network = (outcome: CodeEntry["outcome"], sentence: string) =>
  ({ kind: "network", outcome, sentence }) as const;
const response = (sentence: string) => ({ kind: "response", outcome: "unknown", sentence }) as const;
const proxy = (outcome: CodeEntry["outcome"], sentence: string) =>
  ({ kind: "proxy", outcome, sentence }) as const;

const session = (outcome: CodeEntry["outcome"], sentence: string) =>
  ({ kind: "session", outcome, sentence }) as const;

/** Every stable code of the client, the mask helpers, the hooks and the image-edit proxy, with its meaning. */
export const codes = {
  missing: problem("A required field is missing or empty."),
  refused: problem("The model does not accept this field."),
  wrong_type: problem("A value has the wrong type."),
  not_allowed: problem("A value is not one of those allowed."),
  out_of_range: problem("A number is outside its range."),
  too_short: problem("A text is too short."),
  too_long: problem("A text is too long."),
  too_many: problem("There are more images than the model accepts."),
  too_large: problem("An image has more bytes than allowed."),
  wrong_size: problem("An image, mask or shape has the wrong size."),
  wrong_format: problem("An image has a media type that the model does not accept."),
  not_square: problem("The model accepts only square images."),
  no_alpha: problem("The mask has no alpha channel."),
  opaque: problem("No pixel of the mask is transparent."),
  rotated: caution("EXIF orientation rotates an image that has a mask."),
  outside: problem("A shape of the mask is completely outside the image."),
  conflict: problem("Two parameters exclude each other."),
  notice: caution("The model has a documented restriction, or will be shut down."),
  soft_alpha: caution("The mask has half-transparent pixels."),
  unchecked: caution("An image is given by its URL or by the id of a file, so nothing of it is checked."),
  missing_end: caution("An image is missing its last bytes, although all of its pixels are there."),
  cmyk: caution("An image is CMYK, which some servers reject."),
  multiple_images: caution("A JPEG contains more than one image (MPO), which some servers reject."),
  arithmetic_jpeg: caution("A JPEG is arithmetic-coded, which few servers read."),
  lossless_jpeg: caution("A JPEG is of the lossless kind, which few servers read."),
  unchecked_end: caution(
    "A JPEG is missing its last bytes, and its coding is not decoded: pixels may be missing.",
  ),
  invalid_image: problem("The bytes are not a complete image of a known format."),
  unknown_field: problem("The field is not in the spec."),
  known_field: problem("The field is in `extra` although it is a parameter."),
  shut_down: caution("The model has been shut down."),
  shutting_down: caution("The model will be shut down within 60 days."),
  changed: problem("A file or buffer changed while it was being sent."),
  bytes_detached: problem("The buffer was transferred or shrunk, so its bytes are gone."),
  invalid_path: problem("The path is empty or has a null character."),
  invalid_url: problem("The input is not a URL that can be opened."),
  file_not_found: problem("The file does not exist."),
  file_unreadable: problem("The file exists but cannot be opened or read."),
  not_a_file: problem("The path is a directory, a pipe or a device."),
  url_failed: problem("An input image could not be downloaded."),
  url_private: problem("The URL of an input image leads to a private address."),
  url_redirected: problem("The URL of an input image redirects, which is not followed."),
  url_timeout: problem("An input image was not downloaded in time."),
  cross_origin_image: {
    kind: "problem",
    outcome: "depends",
    sentence: "The page is not allowed to read the image from its server. Of a result, it is a warning.",
  },
  unrecognized_image: warning(
    "An image in the response has an unknown format or an unexpected shape. Its bytes are returned unchanged.",
  ),
  bad_base64: {
    kind: "warning",
    outcome: "depends",
    sentence:
      "An image in the response is not valid base64 and was skipped. If it is the only one, it is an error with the outcome `unknown`.",
  },
  fewer_images: warning("The response has fewer images than requested."),
  more_images: warning("The response has more images than requested."),
  composite_failed: warning(
    "A result could not be put back into its original; the image is the result as it arrived.",
  ),
  unreadable_event: warning("Events of the stream are not JSON and were skipped."),
  response_not_saved: warning("The raw response could not be saved to its file."),
  error: { kind: "error", outcome: "depends", sentence: "An error without a code of its own." },
  invalid_input: error("The parameters have problems: see `problems`."),
  configuration: error("An option of the client is not valid."),
  invalid_base_url: error(
    "The base URL, or the URL of an image-edit proxy, is not one that edits can be sent to.",
  ),
  missing_api_key: error("The API key is missing."),
  invalid_api_key: error("The API key has characters that a header cannot hold."),
  short_api_key: error("The API key is too short to be redacted."),
  foreign_api_key: error("The API key belongs to another vendor than `baseUrl`."),
  api_key_failed: error("The `apiKey` function failed."),
  key_in_browser: error("A key would be readable in the page."),
  insecure_http: error("The key would be sent over plain HTTP."),
  output_not_writable: error("An output directory cannot be written to."),
  code_not_loaded: error("A part of the client's own code could not be loaded."),
  connection_failed: network("depends", "The connection failed."),
  connection_refused: network("not-sent", "The server refused the connection."),
  connection_reset: network("depends", "The connection was cut."),
  connect_timeout: network("not-sent", "The connection was not established in time."),
  host_not_found: network("not-sent", "The host name cannot be resolved."),
  tls_failed: network("not-sent", "The TLS handshake failed."),
  proxy_failed: network(
    "not-sent",
    "The network proxy could not connect, or the image-edit proxy could not check the request.",
  ),
  redirected: network("unknown", "The server redirected, which is not followed."),
  headers_timeout: network("unknown", "The runtime's own limit for a response passed."),
  bad_response: network("unknown", "The response is not HTTP, or its encoding is broken."),
  offline: network("not-sent", "The browser is offline."),
  timeout: network("depends", "The call reached `timeoutMs`."),
  unexpected_response: response("The response is not one of this endpoint."),
  response_too_large: response("The response is larger than `maxAnswerBytes`."),
  empty_response: response("The response is empty."),
  html_response: response("The response is a page of HTML or XML."),
  not_json: response("The response is not complete JSON."),
  no_image: response("The response has no image."),
  ambiguous_response: response(
    "The response has images or links in several places, and none is clearly the result.",
  ),
  task_pending: response(
    "The server made a task of the edit and has no image yet. `taskId` names it; with `dialect.task` it is polled.",
  ),
  task_failed: {
    kind: "response",
    outcome: "depends",
    sentence:
      "The task of the edit failed. The outcome is `rejected` only if the dialect says that failed tasks are not billed.",
  },
  image_withheld: response("The server's moderation withheld the image."),
  error_in_response: response("The response reports an error although its status is 200."),
  error_event: response("The stream reports an error."),
  stream_incomplete: response("The stream ended before the final image."),
  write_failed: response("An image could not be written to its file."),
  result_too_large: response("The image behind a result URL is larger than `maxAnswerBytes`."),
  result_not_image: {
    kind: "response",
    outcome: "depends",
    sentence:
      "The result URL does not lead to an image, or the response contains text where an image should be. If another image of the response is usable, it is a warning.",
  },
  result_url_failed: response("The image behind a result URL could not be downloaded."),
  result_url_refused: response("The result URL is not safe to open."),
  result_url_timeout: response("The image behind a result URL was not downloaded in time."),
  method_not_allowed: proxy("not-sent", "The method is not POST."),
  not_multipart: proxy("not-sent", "The body is not `multipart/form-data`."),
  malformed_form: proxy("not-sent", "The form is not valid multipart."),
  duplicate_parameter: proxy("not-sent", "A field is in the form twice."),
  bad_encoding: proxy("not-sent", "A field is not UTF-8."),
  bad_content_length: proxy("not-sent", "`Content-Length` is not a number."),
  incomplete_body: proxy("not-sent", "The form ended early."),
  request_too_large: proxy("not-sent", "The form is larger than the proxy allows."),
  too_slow: proxy("not-sent", "The form did not arrive in time."),
  not_authorized: proxy("not-sent", "`authorize` rejected the request."),
  rate_limited: proxy("not-sent", "`rateLimit` rejected the request."),
  over_limit: proxy("not-sent", "A value is above a limit of this proxy."),
  origin_not_allowed: proxy("not-sent", "The origin is not in `allowedOrigins`."),
  host_not_allowed: proxy("not-sent", "The host is not in `allowedHosts`."),
  duplicate_attempt: proxy(
    "unknown",
    "The same attempt was already forwarded, so it is not forwarded again.",
  ),
  client_closed: proxy("depends", "The page closed the connection."),
  job_not_found: proxy(
    "unknown",
    "The proxy does not know this edit, or no longer, or its owner is another.",
  ),
  job_canceled: proxy("depends", "The edit was canceled while a proxy with `jobs` ran it."),
  job_interrupted: proxy("depends", "The proxy was stopped during this edit, and does not send it again."),
  jobs_unavailable: proxy("not-sent", "The proxy could not store the edit in `jobs.store`."),
  upstream_unreachable: proxy("not-sent", "The provider could not be reached."),
  upstream_timeout: proxy("unknown", "The provider did not respond in time."),
  upstream_failed: proxy("unknown", "The connection to the provider was cut."),
  upstream_redirected: proxy("unknown", "The provider redirected, which is not followed."),
  upstream_page: proxy("unknown", "The provider sent a web page instead of a result."),
  upstream_rejected_key: proxy("rejected", "The provider rejected the key of the proxy."),
  canceled: session("depends", "The edit was canceled, in progress or in the queue."),
  replaced: session("depends", "A newer edit replaced this one."),
  dropped: session("not-sent", "Another edit was in progress."),
  previous_failed: session(
    "not-sent",
    "The edit before it in the queue failed, so there was no image to edit.",
  ),
  invalid_session: session("not-sent", "The file is not a complete exported session. Nothing was added."),
  page_left: session(
    "unknown",
    "The page was left while the edit was on its way. It is not sent again by itself.",
  ),
  storage_full: session(
    "none",
    "The browser has no room for the images of the session: they stay in memory.",
  ),
  storage_unavailable: session(
    "none",
    "The browser does not store the images of the session: they stay in memory.",
  ),
  image_changed: session("none", "Before it was sent, an image was scaled, rotated or encoded again."),
  mask_scaled: session("none", "Before it was sent, the mask was scaled with its image."),
  markup_scaled: session("none", "Before it was sent, the markup was scaled with its image."),
  image_within_limits: session("none", "An image is within the limits of `prepare` and was sent unchanged."),
  image_not_smaller: session(
    "none",
    "Encoding an image again would not make it smaller: it was sent unchanged.",
  ),
  image_not_readable: session("none", "The browser cannot read an image, which was sent unchanged."),
  session_cleared: session("depends", "The session was cleared during the edit."),
  session_disposed: session(
    "depends",
    "The session was disposed, as by unmounting, before or during the edit.",
  ),
} as const satisfies Record<string, CodeEntry>;

/** A stable code of this library. */
export type RetouchCode = keyof typeof codes;
