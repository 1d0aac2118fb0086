import type { Template } from 'aws-cdk-lib/assertions';

/** A resource as a template has it; tests read what they assert and nothing else. */
// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of AWS's making, and every test that reads a path asserts on it.
export type Resource = { readonly logicalId: string; readonly Properties: any; readonly [attribute: string]: any };

export function resourcesOf(template: Template, type: string): readonly Resource[] {
  return Object.entries(template.findResources(type)).map(([logicalId, resource]) => ({
    logicalId,
    Properties: {},
    ...resource,
  }));
}

/** The one resource of a type whose id begins so, e.g. the function of `sell`. @throws Error unless there is exactly one */
export function resourceOf(template: Template, type: string, prefix: string): Resource {
  const found = resourcesOf(template, type).filter(({ logicalId }) => logicalId.startsWith(prefix));
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${found.length} resources ${type} begin with ${prefix}`);
  return first;
}

export type Statement = {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: unknown;
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** What the roles with this prefix may do, each resource as text: references keep their logical ids in it. */
export function statementsOf(template: Template, rolePrefix: string): readonly Statement[] {
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter(({ logicalId }) => logicalId.startsWith(rolePrefix))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .map((statement) => ({
      actions: listOf(statement.Action).map(String),
      resources: listOf(statement.Resource).map((resource) => JSON.stringify(resource)),
      conditions: statement.Condition,
    }));
}

export function actionsOf(template: Template, rolePrefix: string): readonly string[] {
  return [...new Set(statementsOf(template, rolePrefix).flatMap(({ actions }) => actions))].toSorted();
}

/** The logical id that a `Ref` or `Fn::GetAtt` means. */
export function targetOf(reference: { Ref?: string; 'Fn::GetAtt'?: readonly string[] } | undefined): string {
  return reference?.Ref ?? reference?.['Fn::GetAtt']?.[0] ?? '';
}
