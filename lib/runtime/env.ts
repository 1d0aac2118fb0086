/** The environment as it is handed in: never read from `process.env` below the function, so several stages fit in one process. */
export type Env = Readonly<Record<string, string | undefined>>;
