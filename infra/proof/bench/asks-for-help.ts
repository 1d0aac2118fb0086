/** Is this question all that was asked? It is answered on standard output, with code 0; a wrong option gets the same text as an error. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}
