import type { MultipartBody } from "../transport/multipart.ts";

/** Makes a form that is over once it was read, and then frees what it was made of. */
export function readOnce(
  { contentType, byteLength, pieces }: MultipartBody,
  release: () => void,
): MultipartBody {
  return {
    contentType,
    byteLength,
    async *pieces() {
      try {
        yield* pieces();
      } finally {
        release();
      }
    },
  };
}
