export { formatMessage, hasCode, type MessageParams } from "../errors/format-message.ts";
export { codeNames, type MessageNames } from "../errors/message-names.ts";
