/** The least that a cold start can cost. */
export const handler = async (): Promise<null> => null;
