/** Secrets shorter than this are not redacted anywhere: they occur in ordinary text, and in any base64. */
export const minSecretLength = 8;
