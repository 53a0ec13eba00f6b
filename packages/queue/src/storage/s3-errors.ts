/** What an error of the SDK may have. Its XML fields have the key's id and what was signed, so it is never a `cause`. */
interface S3Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const credentials =
  "Check the credentials: the SDK reads them from the environment, a profile or the machine";

/** What to do, by the server's code, the SDK's or the system's. */
const hints: Readonly<Record<string, string>> = {
  AccessDenied: "Allow `s3:GetObject`, `s3:PutObject`, `s3:AbortMultipartUpload` and `s3:ListBucket`",
  NoSuchBucket: "Create the bucket, or correct its name",
  InvalidAccessKeyId: credentials,
  SignatureDoesNotMatch: credentials,
  InvalidToken: credentials,
  ExpiredToken: "The credentials have expired. Renew them",
  CredentialsProviderError: `No credentials were found. ${credentials}`,
  RequestTimeTooSkewed: "The clock of this machine is wrong. Set it",
  PermanentRedirect: "Set `AWS_REGION` to the region of the bucket",
  AuthorizationHeaderMalformed: "Set `AWS_REGION` to the region of the bucket",
  MissingRegion: "Set `AWS_REGION` to the region of the bucket",
  ENOTFOUND: "Check `AWS_ENDPOINT_URL_S3` and `AWS_REGION`",
  ECONNREFUSED: "Check `AWS_ENDPOINT_URL_S3`",
};

/** Returns what was seen and what to do, without a final period. It has nothing secret. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const { httpStatusCode: status, requestId } = (error as S3Failure).$metadata ?? {};
  const region = (error as S3Failure).$response?.headers?.["x-amz-bucket-region"];
  const seen = [status, code].filter((part) => part !== undefined).join(" ");
  const details = [
    ...(region === undefined ? [] : [`the bucket is in ${clean(region)}`]),
    ...(requestId === undefined ? [] : [`request id ${clean(requestId)}`]),
  ];
  const hint = hints[code] ?? (status === 403 ? hints["AccessDenied"] : undefined);
  return `${seen}${details.length === 0 ? "" : ` (${details.join(", ")})`}${hint === undefined ? "" : `. ${hint}`}`;
}

/** Returns the HTTP status of an error, if the server has responded. */
export function statusOf(error: unknown): number | undefined {
  return (error as S3Failure | undefined)?.$metadata?.httpStatusCode;
}

/** Returns the code of an error: the server's, the SDK's or the system's. */
export function codeOf(error: unknown): string {
  const { name, code } = (error ?? {}) as S3Failure;
  if (error instanceof Error && error.message === "Region is missing") return "MissingRegion";
  if (typeof code === "string" && (name === "Error" || name === "TimeoutError")) return clean(code);
  return clean(String(name));
}

/** Returns text of the server as one word. */
function clean(text: string): string {
  return text.replace(/[^\w.+/=-]/g, "").slice(0, 80);
}
