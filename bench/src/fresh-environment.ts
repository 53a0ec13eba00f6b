/**
 * The environment of a fresh process. `NODE_EXTRA_CA_CERTS` adds 100 ms to a start and has nothing to do with our code. The
 * CLI refuses `npm_config_recursive`, which `pnpm bench` sets: it would be an argument that npm took.
 */
export function freshEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS, npm_config_recursive: _, ...environment } = process.env;
  return environment;
}
