/**
 * Replaces the type arguments of typed arrays, which exist since TypeScript 5.7, by what every version can read: before
 * 5.7, `slice` returns the plain array, and since then one over an `ArrayBuffer`. So newer compilers see the same type.
 *
 * @throws Error when another type argument of an array is left.
 * @see https://www.typescriptlang.org/docs/handbook/release-notes/typescript-5-7.html
 */
export function lowerArrayTypes(declarations: string): string {
  const lowered = declarations
    .replace(/\b((?:Big)?(?:Uint|Int|Float)\d+(?:Clamped)?Array)<ArrayBuffer>/g, 'ReturnType<$1["slice"]>')
    .replace(/\b((?:Big)?(?:Uint|Int|Float)\d+(?:Clamped)?Array)<ArrayBufferLike>/g, "$1");
  const left = /\b(?:\w*\d(?:Clamped)?Array|DataView|ArrayBufferView|Buffer)<[^>]*>/.exec(lowered)?.[0];
  if (left !== undefined) {
    throw new Error(
      `TypeScript before 5.7 cannot read \`${left}\` in a declaration. Declare a type without an argument.`,
    );
  }
  return lowered;
}
