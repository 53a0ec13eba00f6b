import parser from "@typescript-eslint/parser";
import reactHooks from "eslint-plugin-react-hooks";

/** Biome lints everything; ESLint only checks the rules of the React Compiler. */
export default [
  {
    files: ["src/**/*.{ts,tsx}"],
    languageOptions: { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    ...reactHooks.configs.flat["recommended-latest"],
  },
];
