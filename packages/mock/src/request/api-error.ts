/** Body of an OpenAI-style error. */
export interface ApiErrorBody {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** Error response in the shape of OpenAI: `{ error: { message, type, param, code } }`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly body: ApiErrorBody;
  /** Extra members of the `error` object, such as `moderation_details`. */
  readonly details: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    body: Pick<ApiErrorBody, "message"> & Partial<ApiErrorBody>,
    extra: { details?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(body.message);
    this.status = status;
    const { message, type = "invalid_request_error", param = null, code = null } = body;
    this.body = { message, type, param, code };
    this.details = extra.details ?? {};
    this.headers = extra.headers ?? {};
  }
}
