import { type Command, InvalidArgumentError, Option } from 'commander';
import { SIGNATURE_TYPES, type SignatureType } from '#lib/ports/venue/venue-account.ts';
import type { ApproveOptions } from './commands/owner/approve-command.ts';
import type { MergeOptions } from './commands/owner/merge-command.ts';
import type { RedeemOptions } from './commands/owner/redeem-command.ts';
import type { SellNowOptions } from './commands/owner/sell-now-command.ts';
import type { WithdrawOptions } from './commands/owner/withdraw-command.ts';
import { jsonOption, stageOption, stateDirOption } from './options.ts';
import type { OwnerOptions } from './owner/open-owner.ts';
import type { Finish } from './program.ts';
import type { Terminal } from './terminal.ts';

const OWNER_HELP = `
Needs the key (of the stage: KMS or Secrets Manager, with your AWS credentials;
or --key-file), a Polygon node (POLYGON_RPC_URL), and the venue. It works when
the suite's functions, queues and table are gone. Without --wallet it acts for
the wallet of the stage, or for the key's deposit wallet.`;

/** What the key's owner can always do by hand, without the suite. */
export function addOwnerCommands(program: Command, terminal: Terminal, finish: Finish): void {
  const wallet = addOwnerCommand(program, 'wallet', 'show what the wallet is, holds and has approved').action(
    async (options: OwnerOptions) => {
      const { walletCommand } = await import('./commands/owner/wallet-command.ts');
      finish(await walletCommand(terminal, options));
    },
  );
  addOwnerCommand(wallet, 'create', "make the key's deposit wallet through the venue's relayer; asks first")
    .option('--yes', 'do not ask')
    .action(async (_: OwnerOptions, command: Command) => {
      const { walletCreateCommand } = await import('./commands/owner/wallet-create-command.ts');
      finish(await walletCreateCommand(terminal, command.optsWithGlobals()));
    });
  addOwnerCommand(program, 'approve', 'let the venue’s contracts move what the wallet holds; asks first')
    .option('--yes', 'do not ask')
    .action(async (options: ApproveOptions) => {
      const { approveCommand } = await import('./commands/owner/approve-command.ts');
      finish(await approveCommand(terminal, options));
    });
  addOwnerCommand(program, 'sell-now', 'sell shares at market, down to a floor; asks first')
    .addOption(marketOption())
    .option('--all', 'all markets in which the wallet holds shares')
    .option(
      '--min-price <price>',
      'the floor in dollars a share, such as 0.05 (default: what the book needs, at least 80 % of the best bid)',
    )
    .option('--yes', 'do not ask')
    .action(async (options: SellNowOptions) => {
      const { sellNowCommand } = await import('./commands/owner/sell-now-command.ts');
      finish(await sellNowCommand(terminal, options));
    });
  addOwnerCommand(program, 'redeem', 'redeem the shares of resolved markets; asks first')
    .addOption(marketOption())
    .option('--all', 'all markets in which the wallet holds shares')
    .option('--yes', 'do not ask')
    .action(async (options: RedeemOptions) => {
      const { redeemCommand } = await import('./commands/owner/redeem-command.ts');
      finish(await redeemCommand(terminal, options));
    });
  addOwnerCommand(program, 'merge', 'turn shares of both outcomes of a market into a dollar a pair; asks first')
    .addOption(marketOption().makeOptionMandatory())
    .option('--shares <n>', 'pairs to merge (default: all)')
    .option('--yes', 'do not ask')
    .action(async (options: MergeOptions) => {
      const { mergeCommand } = await import('./commands/owner/merge-command.ts');
      finish(await mergeCommand(terminal, options));
    });
  addOwnerCommand(program, 'withdraw', "send the wallet's cash to an address; asks first")
    .requiredOption('--to <address>', 'required: who gets it')
    .requiredOption('--usd <amount>', 'required: dollars of pUSD, such as 25 or 25.50, or "all"')
    .option('--emergency', 'without the relayer: pause the deposit wallet, and an hour later take the cash out')
    .option('--yes', 'do not ask')
    .action(async (options: WithdrawOptions) => {
      const { withdrawCommand } = await import('./commands/owner/withdraw-command.ts');
      finish(await withdrawCommand(terminal, options));
    });
}

function addOwnerCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addOption(stageOption())
    .option('--key-file <file>', 'the private key, as 64 hexadecimal digits, of an owner without AWS')
    .option('--wallet <address>', 'the wallet, with --wallet-type')
    .addOption(new Option('--wallet-type <type>', '0 key, 1 proxy, 2 safe, 3 deposit wallet').argParser(walletType))
    .option('--notes <dir>', 'where an action is noted before it is sent (default: .tminus/owner)')
    .addHelpText('after', OWNER_HELP);
}

const marketOption = (): Option =>
  new Option('--market <slug>', 'the market, as the end of its address on the website');

function walletType(text: string): SignatureType {
  const type = SIGNATURE_TYPES.find((each) => String(each) === text);
  if (type !== undefined) return type;
  throw new InvalidArgumentError('It must be 0, 1, 2 or 3.');
}
