export default { testEnvironment: "./jsdom-environment.cjs", transform: {} };
