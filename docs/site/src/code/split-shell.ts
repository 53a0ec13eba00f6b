/**
 * Splits lines of a shell into commands, each a list of words, without variables that are set for them, redirections and
 * comments. Knows what pages use: quotes, `\` at the end of a line, pipes, lists and `<(...)`.
 */
export function splitShell(code: string): string[][] {
  const commands: string[][] = [];
  for (const line of code.replaceAll(/\\\n\s*/g, "").split("\n")) {
    let words: string[] = [];
    const end = (): void => {
      while (/^\w+=/.test(words[0] ?? "")) words.shift();
      if (words.length > 0) commands.push(words);
      words = [];
    };
    let isTarget = false;
    for (const [token] of line.matchAll(
      /(?:^|(?<=\s))#.*|<\(|\d?>>?|<|&&|\|\|?|;|&|[()]|(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s|&;()<>"'])+/g,
    )) {
      if (token.startsWith("#")) break;
      if (/^(?:\d?>>?|<)$/.test(token)) isTarget = true;
      else if (/^(?:&&|\|\|?|;|&|<\(|[()])$/.test(token)) end();
      else if (isTarget) isTarget = false;
      else
        words.push(
          token.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, double, single) => double ?? single),
        );
    }
    end();
  }
  return commands;
}
