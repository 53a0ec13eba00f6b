import parser from "@typescript-eslint/parser";
import reactHooks from "eslint-plugin-react-hooks";

/** Biome lints everything; ESLint only asks what the React Compiler asks. */
export default [
  {
    files: ["src/**/*.{ts,tsx}"],
    languageOptions: { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    ...reactHooks.configs.flat["recommended-latest"],
  },
];
