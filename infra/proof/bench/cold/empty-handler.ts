/** What a cold start costs at the least: a handler that needs nothing. */
export const handler = async (): Promise<null> => null;
