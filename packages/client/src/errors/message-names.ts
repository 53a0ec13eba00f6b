/** The names that one audience has for what a message mentions: options in code, flags in a terminal, labels in a page. */
export interface MessageNames {
  /** Returns the name of a parameter of the edit, such as `image[1]` or `output_format`. */
  field(name: string): string;
  /**
   * Returns the name of an option or a member of this library, such as `timeoutMs` or `error.rawBody()`, with the value
   * to give it if there is one. Returns `undefined` if the audience cannot use it: its advice is omitted then.
   */
  api(name: string, value?: string): string | undefined;
}

/** The names in code, which every `message` has. */
export const codeNames: MessageNames = {
  field: (name) => `\`${name}\``,
  api: (name, value) => (value === undefined ? `\`${name}\`` : `\`${name}: "${value}"\``),
};
