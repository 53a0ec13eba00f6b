import type { CommandDefinition, OptionDefinition } from "./command-definition.ts";
import { commandTable } from "./command-table.ts";

function optionsOf({ groups }: CommandDefinition): readonly OptionDefinition[] {
  return groups.flatMap(({ options }) => options);
}

/** Returns the values that complete a flag. */
function valuesOf({ choices, suggestions }: OptionDefinition): readonly string[] {
  return choices ?? suggestions ?? [];
}

function namesOf({ flag, short }: OptionDefinition): string[] {
  return short === undefined ? [`--${flag}`] : [`--${flag}`, `-${short}`];
}

const groups = [
  ...new Set(commandTable.flatMap(({ name }) => (name.includes(" ") ? [name.split(" ")[0] ?? ""] : []))),
];
const topLevelNames = [...new Set(commandTable.map(({ name }) => name.split(" ")[0] ?? ""))];
const subcommands = (group: string) =>
  commandTable
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name }) => name.slice(group.length + 1));

function bash(): string {
  const commands = commandTable.map((command) => {
    const options = optionsOf(command);
    const values = options.flatMap((option) => {
      const names = namesOf(option).join("|");
      const words = valuesOf(option);
      if (option.value === undefined) return [];
      if (words.length > 0)
        return [`        ${names}) COMPREPLY=($(compgen -W '${words.join(" ")}' -- "$cur")); return ;;`];
      return option.kind === "path"
        ? []
        : [`        ${names}) [[ $prev == --output || $prev == -o ]] || return ;;`];
    });
    const flags = options.flatMap(namesOf).join(" ");
    const operands = command.operandChoices?.join(" ") ?? "";
    return [
      `    '${command.name}')`,
      '      case "$prev" in',
      ...values,
      "      esac",
      `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '${flags}' -- "$cur")); return; fi`,
      operands === ""
        ? "      _retouch_files ;;"
        : `      COMPREPLY=($(compgen -W '${operands}' -- "$cur")) ;;`,
    ].join("\n");
  });
  const seconds = groups.map(
    (group) =>
      `    ${group}) COMPREPLY=($(compgen -W '${subcommands(group).join(" ")}' -- "$cur")); return ;;`,
  );
  return `# bash completion for retouch. Load it with: source <(retouch completion bash)
_retouch_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$cur"))
}
_retouch() {
  local cur prev words cword command word at
  if declare -F _comp_initialize >/dev/null; then _comp_initialize -n : -- "$@" || return
  elif declare -F _init_completion >/dev/null; then _init_completion -n : || return
  else cur=\${COMP_WORDS[COMP_CWORD]}; prev=\${COMP_WORDS[COMP_CWORD-1]}; words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; fi
  command=
  for ((at = 1; at < cword; at++)); do
    word=\${words[at]}
    [[ $word == -* ]] && continue
    command=$word
    case $word in ${groups.join("|")}) if ((at + 1 < cword)); then command="$word \${words[at+1]}"; fi ;; esac
    break
  done
  case "$command" in
    '')
      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '--help --version' -- "$cur"))
      else COMPREPLY=($(compgen -W '${topLevelNames.join(" ")} help' -- "$cur")); fi
      return ;;
    help) COMPREPLY=($(compgen -W '${topLevelNames.join(" ")}' -- "$cur")); return ;;
${seconds.join("\n")}
${commands.join("\n")}
  esac
}
complete -F _retouch retouch
`;
}

/** Quotes text for a single-quoted shell word. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function zshOption(option: OptionDefinition): string[] {
  const text = option.description.replace(/[[\]:\\]/g, "\\$&");
  const words = valuesOf(option);
  const action =
    words.length > 0
      ? `(${words.map((word) => word.replaceAll(":", "\\:")).join(" ")})`
      : option.kind === "path" || option.flag === "output"
        ? "_files"
        : " ";
  const value = option.value === undefined ? "" : `:${option.value.replaceAll(":", "\\:")}:${action}`;
  const star = option.repeatable ? "*" : "";
  return namesOf(option).map((name) => quoted(`${star}${name}[${text}]${value}`));
}

function zsh(): string {
  const described = (names: readonly string[], prefix = "") =>
    names
      .map((name) => {
        const definition = commandTable.find((command) => command.name === `${prefix}${name}`);
        return quoted(`${name}:${definition?.summary ?? `${name} commands`}`);
      })
      .join(" ");
  const cases = commandTable.map((command) => {
    const operands =
      command.operandChoices === undefined
        ? "'*:file:_files'"
        : `'1:shell:(${command.operandChoices.join(" ")})'`;
    return `    '${command.name}') _arguments -s ${[...optionsOf(command).flatMap(zshOption), operands].join(" \\\n      ")} ;;`;
  });
  const seconds = groups.map(
    (group) => `  if [[ $words[2] == ${group} ]]; then
    if ((CURRENT == 3)); then local -a seconds=(${described(subcommands(group), `${group} `)}); _describe 'command' seconds; return; fi
    command="${group} $words[3]"; shift=2
  fi`,
  );
  return `#compdef retouch
# zsh completion for retouch. Put it into a folder of $fpath as _retouch, or: source <(retouch completion zsh)
_retouch() {
  local command shift=1
  if ((CURRENT == 2)); then
    local -a commands=(${described(topLevelNames)})
    _describe 'command' commands
    return
  fi
  command=$words[2]
${seconds.join("\n")}
  words=("retouch" "\${(@)words[shift+2,-1]}")
  ((CURRENT -= shift))
  case $command in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _retouch ]]; then _retouch "$@"; else compdef _retouch retouch; fi
`;
}

function fish(): string {
  const lines = ["# fish completion for retouch", "complete -c retouch -f"];
  for (const word of topLevelNames) {
    const summary = commandTable.find(({ name }) => name === word)?.summary ?? `${word} commands`;
    lines.push(`complete -c retouch -n __fish_use_subcommand -a ${word} -d ${quoted(summary)}`);
  }
  for (const command of commandTable) {
    const [first = "", second] = command.name.split(" ");
    const seen =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
    if (second !== undefined) {
      const none = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${subcommands(first).join(" ")}`;
      lines.push(`complete -c retouch -n '${none}' -a ${second} -d ${quoted(command.summary)}`);
    }
    if (command.operandChoices !== undefined) {
      lines.push(`complete -c retouch -n '${seen}' -a '${command.operandChoices.join(" ")}'`);
    } else if (command.operands.max > 0) lines.push(`complete -c retouch -n '${seen}' -F`);
    for (const option of optionsOf(command)) {
      const short = option.short === undefined ? "" : ` -s ${option.short}`;
      const words = valuesOf(option);
      const value =
        option.value === undefined
          ? ""
          : words.length > 0
            ? ` -x -a ${quoted(words.join(" "))}`
            : option.kind === "path" || option.flag === "output"
              ? " -r -F"
              : " -x";
      lines.push(
        `complete -c retouch -n '${seen}'${short} -l ${option.flag}${value} -d ${quoted(option.description)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Returns the completion script of a shell, generated from the command table. The script never runs `retouch`. */
export function completionScript(shell: "bash" | "zsh" | "fish"): string {
  return { bash, zsh, fish }[shell]();
}
