import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { usageError } from "@retouch/cli/journal";

type Sdk = typeof import("@aws-sdk/client-s3");

/** Options of {@link s3Storage}. What is missing comes from the SDK's usual places: environment, profile, machine. */
export interface S3StorageOptions {
  /** The region of the bucket. */
  readonly region?: string | undefined;
  /** URL of a server that is compatible with S3; `AWS_ENDPOINT_URL_S3` by default. */
  readonly endpoint?: string | undefined;
  /** The key, instead of what the SDK finds. */
  readonly credentials?:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string | undefined;
      }
    | undefined;
  /** Whether the bucket is a part of the path and not of the host: so by default with an endpoint. */
  readonly forcePathStyle?: boolean | undefined;
  /**
   * `required` (the default) refuses a server that does not support `If-None-Match: *`. `check-first` asks before each
   * write whether the name is free: two workers that write it in the same moment overwrite each other.
   */
  readonly conditionalWrites?: "required" | "check-first" | undefined;
  /** Limit of one request with its retries; 300,000 ms by default. */
  readonly timeoutMs?: number | undefined;
  /** The largest input that is downloaded, in bytes; 1 GiB by default. */
  readonly maxInputBytes?: number | undefined;
  /** Images of more bytes are uploaded in parts of that many; 8 MiB by default, 5 MiB at least. */
  readonly partBytes?: number | undefined;
}

/** A client with the SDK that it is from, which only those install who use a bucket. */
export interface S3Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

/** How long the server may need to accept a connection. */
const connectMs = 10_000;

/**
 * Loads the SDK and creates a client.
 *
 * @throws CliError, exit code 2, if the package is not installed.
 */
export async function connectS3(options: S3StorageOptions): Promise<S3Connection> {
  const sdk = await import("@aws-sdk/client-s3").catch((error: unknown) => {
    throw usageError(
      "`s3://` needs the package `@aws-sdk/client-s3`, which is not installed: `npm install @aws-sdk/client-s3`.",
      undefined,
      error,
    );
  });
  return { sdk, client: new sdk.S3Client(configOf(options)) };
}

function configOf({ region, endpoint, credentials, forcePathStyle }: S3StorageOptions): S3ClientConfig {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION } = process.env;
  const custom = endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
  // Most compatible servers have one region and do not care how it is called, but the signature needs a name.
  const usedRegion = region ?? (custom !== undefined && AWS_REGION === undefined ? "us-east-1" : undefined);
  return {
    forcePathStyle: forcePathStyle ?? custom !== undefined,
    // Compatible servers know no trailing checksums; the signature has the checksum of each body.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: connectMs },
    ...(usedRegion === undefined ? {} : { region: usedRegion }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined
      ? {}
      : { credentials: { ...credentials } as S3ClientConfig["credentials"] }),
  } as S3ClientConfig;
}
