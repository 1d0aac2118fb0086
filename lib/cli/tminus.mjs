#!/usr/bin/env node
// The `tminus` command as any Node sees it; the command itself is main.ts.
import { fileURLToPath } from 'node:url';
import { requireNode } from './require-node.mjs';

const args = process.argv.slice(2);
await requireNode(fileURLToPath(import.meta.url), args);

const { main } = await import('./main.ts');
process.exitCode = await main(args);
