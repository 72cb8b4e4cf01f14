/** Groups and packages as Describe and List tell them (pure). */

import { seconds } from "../describe-training-job.ts";
import type { Members } from "./package-entries.ts";
import { groupArn, packageArn, type Where } from "./package-names.ts";
import type { Group, Package } from "./registry.ts";

/**
 * DescribeModelPackage's answer: the request, and what the service says of it. Here nothing is scanned or validated, so that each package
 * is Completed at once.
 */
export function describePackage(where: Where, one: Package): Members {
  const {
    ModelPackageGroupName: _group,
    ClientToken: _token,
    Tags: _tags,
    ...told
  } = one.state.request;
  return {
    ...told,
    // The service's model requires a name of each package.
    ModelPackageName: one.name,
    ...place(one),
    ModelPackageArn: packageArn(where, one),
    CreationTime: seconds(one.state.createdAt),
    LastModifiedTime: seconds(one.state.lastModified),
    ModelPackageStatus: "Completed",
    ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
  };
}

/** What ListModelPackages tells of a package. */
export function packageSummary(where: Where, one: Package): Members {
  const { request } = one.state;
  const told = [
    "ModelPackageDescription",
    "ModelApprovalStatus",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
  ].flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]] as const]));
  return {
    ...Object.fromEntries(told),
    ...(one.version === undefined ? { ModelPackageName: one.name } : place(one)),
    ModelPackageArn: packageArn(where, one),
    CreationTime: seconds(one.state.createdAt),
    ModelPackageStatus: "Completed",
  };
}

function place({ name, version }: Package): Members {
  return version === undefined ? {} : { ModelPackageGroupName: name, ModelPackageVersion: version };
}

/** DescribeModelPackageGroup's answer. */
export function describeGroup(where: Where, group: Group): Members {
  // The service tells people of Studio apart, of which there are none here.
  return { ...groupSummary(where, group), CreatedBy: {} };
}

/** What ListModelPackageGroups tells of a group. */
export function groupSummary(where: Where, { name, state }: Group): Members {
  const { createdAt, request } = state.group;
  const told = ["ModelPackageGroupDescription", "ManagedConfiguration"].flatMap((member) =>
    request[member] === undefined ? [] : [[member, request[member]] as const],
  );
  return {
    ...Object.fromEntries(told),
    ModelPackageGroupName: name,
    ModelPackageGroupArn: groupArn(where, name),
    CreationTime: seconds(createdAt),
    ModelPackageGroupStatus: "Completed",
  };
}
