/** Where no server listens. Another test could be given a port that was closed. */
export const closedHost = "127.0.0.1:1";
