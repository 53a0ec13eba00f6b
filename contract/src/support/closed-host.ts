/** Where no server listens: another test could be given a port that was closed, and `fetch` itself refuses port 1. */
export const closedHost = "127.0.0.1:2";
