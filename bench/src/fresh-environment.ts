/** The environment of a fresh process: `NODE_EXTRA_CA_CERTS` adds 100 ms to a start and has nothing to do with our code. */
export function freshEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS, ...environment } = process.env;
  return environment;
}
