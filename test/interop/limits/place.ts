/** Limits of where a job runs and what it may. */

import { COUNTS, type Limit, list, long, named, noInstances, PATHS, PLAN, S3 } from "./values.ts";

/** All of them. */
export const PLACE_LIMITS: readonly Limit[] = [
  {
    path: "trainingRepositoryAccessMode",
    member: "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode",
    values: ["Platform", "Vpc", "VPC"],
  },
  {
    path: "trainingRepositoryCredentialsProviderArn",
    member:
      "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig.TrainingRepositoryCredentialsProviderArn",
    values: [
      "arn:aws:lambda:us-west-2:123456789012:function:f",
      "arn:aws:lambda:us-west-2:1:function:f",
      "",
      "arn:aws:s3:::b",
    ],
    given: (value) => ({
      options: {
        trainingRepositoryAccessMode: "Vpc",
        trainingRepositoryCredentialsProviderArn: value,
      },
    }),
  },
  {
    path: "subnets",
    member: "VpcConfig.Subnets",
    values: [list(16), list(17), []],
    given: (subnets) => ({ options: { subnets, securityGroupIds: ["sg-1"] } }),
  },
  {
    path: "subnets[0]",
    member: "VpcConfig.Subnets.0",
    values: ["subnet-1", long(32), long(33), "a_b", ""],
    given: (value) => ({ options: { subnets: [value], securityGroupIds: ["sg-1"] } }),
  },
  {
    path: "securityGroupIds",
    member: "VpcConfig.SecurityGroupIds",
    values: [list(5), list(6), []],
    given: (securityGroupIds) => ({ options: { securityGroupIds, subnets: ["s-1"] } }),
  },
  {
    path: "securityGroupIds[0]",
    member: "VpcConfig.SecurityGroupIds.0",
    values: ["sg-1", long(33), "a b"],
    given: (value) => ({ options: { securityGroupIds: [value], subnets: ["s-1"] } }),
  },
  { path: "checkpointS3Uri", member: "CheckpointConfig.S3Uri", values: S3 },
  {
    path: "checkpointLocalPath",
    member: "CheckpointConfig.LocalPath",
    values: PATHS,
    given: (value) => ({
      options: { checkpointS3Uri: "s3://bucket/c", checkpointLocalPath: value },
    }),
  },
  {
    path: "instanceGroups",
    member: "ResourceConfig.InstanceGroups",
    values: [5, 6],
    given: (value) => ({
      options: {
        ...noInstances,
        instanceGroups: list(value as number).map((instanceGroupName) => ({
          instanceGroupName,
          instanceType: "ml.m5.large",
          instanceCount: 1,
        })),
      },
    }),
  },
  ...(
    [
      ["instanceGroupName", "InstanceGroupName", ["g", "", long(64), long(65), "a\n"]],
      ["instanceCount", "InstanceCount", [...COUNTS, undefined]],
    ] as const
  ).map(
    ([option, member, values]): Limit => ({
      path: `instanceGroups[0].${option}`,
      member: `ResourceConfig.InstanceGroups.0.${member}`,
      values,
      given: (value) => ({
        options: {
          ...noInstances,
          instanceGroups: [
            {
              instanceGroupName: "g",
              instanceType: "ml.m5.large",
              instanceCount: 1,
              ...named(value, option),
            },
          ],
        },
      }),
    }),
  ),
  {
    path: "instancePreferences",
    member: "ResourceConfig.InstancePreferences",
    values: [1, 5, 6, 0],
    given: (value) => ({
      options: {
        ...noInstances,
        instancePreferences: list(value as number).map(() => ({ instanceType: "ml.m5.large" })),
      },
    }),
  },
  {
    path: "instancePreferences[0].instanceCount",
    member: "ResourceConfig.InstancePreferences.0.InstanceCount",
    values: COUNTS,
    given: (value) => ({
      options: {
        ...noInstances,
        instancePreferences: [{ instanceType: "ml.m5.large", instanceCount: value }],
      },
    }),
  },
  {
    path: "instancePreferences[0].trainingPlan",
    member: "ResourceConfig.InstancePreferences.0.TrainingPlanArns.0",
    values: PLAN,
    given: (value) => ({
      options: {
        ...noInstances,
        instancePreferences: [{ instanceType: "ml.m5.large", trainingPlan: value }],
      },
    }),
  },
  {
    path: "instancePlacementConfig.EnableMultipleJobs",
    member: "ResourceConfig.InstancePlacementConfig.EnableMultipleJobs",
    values: [true, false, "yes"],
    given: (value) => ({ options: { instancePlacementConfig: { EnableMultipleJobs: value } } }),
  },
  {
    path: "instancePlacementConfig.PlacementSpecifications",
    member: "ResourceConfig.InstancePlacementConfig.PlacementSpecifications",
    values: [0, 10, 11],
    given: (value) => ({
      options: {
        instancePlacementConfig: {
          PlacementSpecifications: list(value as number).map(() => ({ InstanceCount: 1 })),
        },
      },
    }),
  },
  {
    path: "instancePlacementConfig.PlacementSpecifications[0].UltraServerId",
    member: "ResourceConfig.InstancePlacementConfig.PlacementSpecifications.0.UltraServerId",
    values: ["", long(256), long(257)],
    given: (UltraServerId) => ({
      options: {
        instancePlacementConfig: { PlacementSpecifications: [{ UltraServerId, InstanceCount: 1 }] },
      },
    }),
  },
  ...(
    ["enableNetworkIsolation", "encryptInterContainerTraffic", "disableOutputCompression"] as const
  ).map((path): Limit => ({ path, member: path, values: [true, false] })),
  {
    path: "enableSagemakerMetrics",
    member: "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
    values: [true, false, "yes"],
  },
  {
    path: "enableInfraCheck",
    member: "InfraCheckConfig.EnableInfraCheck",
    values: [true, false, 1],
  },
  {
    path: "enableRemoteDebug",
    member: "RemoteDebugConfig.EnableRemoteDebug",
    values: [true, "true"],
  },
  {
    path: "enableSessionTagChaining",
    member: "SessionChainingConfig.EnableSessionTagChaining",
    values: [false, 0],
  },
];
