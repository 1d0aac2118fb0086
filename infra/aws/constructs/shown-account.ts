import { type Stack, Token } from 'aws-cdk-lib';

/** The account in the names of the security rules' findings: its digits where the stage is pinned to one. */
export function shownAccount({ account }: Stack): string {
  return Token.isUnresolved(account) ? '<AWS::AccountId>' : account;
}
