import { Stack, Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnApplication, CfnDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import { SHIFT_CONFIG, shiftApplicationName, shiftGroupName } from '../rollout.ts';

export type TrafficShiftProps = {
  readonly stage: string;
  readonly functions: readonly FunctionName[];
  readonly alarms: readonly Alarm[];
};

/**
 * CodeDeploy's part of a deployment: moves an alias from version to version, and back when an alarm is raised. It is in
 * the stack of the alarms; the aliases name it. A first deployment creates the aliases and shifts nothing.
 */
export class TrafficShift extends Construct {
  constructor(scope: Construct, id: string, { stage, functions, alarms }: TrafficShiftProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      description: 'CodeDeploy: moves the aliases of the functions, and reads alarms',
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited')],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: "AWS's own policy for this service: what CodeDeploy needs of an alias is AWS's to say.",
    });
    const application = new CfnApplication(this, 'Application', {
      applicationName: shiftApplicationName(stage),
      computePlatform: 'Lambda',
    });
    for (const name of functions) {
      new CfnDeploymentGroup(this, name, {
        applicationName: application.ref,
        deploymentGroupName: shiftGroupName(stage, name),
        serviceRoleArn: role.roleArn,
        deploymentConfigName: SHIFT_CONFIG,
        deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
        alarmConfiguration: { enabled: true, alarms: alarms.map(({ alarmName }) => ({ name: alarmName })) },
        autoRollbackConfiguration: {
          enabled: true,
          events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
        },
      });
    }
  }
}
