/** Secrets shorter than this are not redacted anywhere: they are words, and parts of any base64 text. */
export const minSecretLength = 8;
