import type { Template } from 'aws-cdk-lib/assertions';

// biome-ignore lint/suspicious/noExplicitAny: a template is untyped JSON, and tests assert on what they read.
export type Resource = { readonly logicalId: string; readonly Properties: any; readonly [attribute: string]: any };

export function resourcesOf(template: Template, type: string): readonly Resource[] {
  return Object.entries(template.findResources(type)).map(([logicalId, resource]) => ({
    logicalId,
    Properties: {},
    ...resource,
  }));
}

/** The resource of a type whose logical id starts with `prefix`. @throws Error unless there is exactly one */
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

/**
 * The policy statements of roles whose id starts with the prefix. Resources are JSON texts, which contain logical ids.
 */
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

/** The logical id in a `Ref` or `Fn::GetAtt`. */
export function targetOf(reference: { Ref?: string; 'Fn::GetAtt'?: readonly string[] } | undefined): string {
  return reference?.Ref ?? reference?.['Fn::GetAtt']?.[0] ?? '';
}
