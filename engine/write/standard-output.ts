/** Where does `-` write to when the caller names no stream? This process's own standard output. */
export const standardOutput: NodeJS.WritableStream = process.stdout;
