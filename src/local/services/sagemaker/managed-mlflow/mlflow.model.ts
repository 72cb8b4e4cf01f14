/** What the SageMaker operations of managed MLflow take (API 2017-07-24), as data. */

import type { Shape, StructureShape } from "../../../../training/constraints.ts";
import { NEXT_TOKEN, TAGS, TIMESTAMP } from "../sagemaker.model.ts";

const NAME: Shape = {
  type: "string",
  min: 1,
  max: 256,
  pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}",
};
const APP_ARN: Shape = {
  type: "string",
  min: 1,
  max: 128,
  pattern: String.raw`arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:mlflow-app/.*`,
};
const S3_URI: Shape = { type: "string", max: 1024, pattern: "(https|s3)://([^/]+)/?(.*)" };
const ROLE_ARN: Shape = {
  type: "string",
  min: 20,
  max: 2048,
  pattern: String.raw`arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`,
};
const VERSION: Shape = { type: "string", max: 16, pattern: "[0-9]*.[0-9]*.[0-9]*" };
const MAINTENANCE: Shape = {
  type: "string",
  max: 9,
  pattern: String.raw`(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):([0-5]\d)`,
};
const BOOLEAN: Shape = { type: "boolean" };
const SERVER_STATUS: Shape = {
  type: "string",
  enum: [
    ...["Creating", "Created", "CreateFailed", "Updating", "Updated", "UpdateFailed"],
    ...["Deleting", "DeleteFailed", "Stopping", "Stopped", "StopFailed"],
    ...["Starting", "Started", "StartFailed"],
    ...["MaintenanceInProgress", "MaintenanceComplete", "MaintenanceFailed"],
  ],
};
const APP_STATUS: Shape = {
  type: "string",
  enum: [
    ...["Creating", "Created", "CreateFailed", "Updating", "Updated", "UpdateFailed"],
    ...["Deleting", "DeleteFailed", "Deleted"],
  ],
};
const DEFAULT_STATUS: Shape = { type: "string", enum: ["ENABLED", "DISABLED"] };

/** What of a tracking server can be changed. */
const SERVER_MEMBERS: Readonly<Record<string, Shape>> = {
  ArtifactStoreUri: S3_URI,
  TrackingServerSize: { type: "string", enum: ["Small", "Medium", "Large"] },
  AutomaticModelRegistration: BOOLEAN,
  WeeklyMaintenanceWindowStart: MAINTENANCE,
  S3BucketOwnerAccountId: { type: "string", min: 12, max: 12, pattern: String.raw`\d+` },
  S3BucketOwnerVerification: BOOLEAN,
};
/** What of an app can be changed. */
const APP_MEMBERS: Readonly<Record<string, Shape>> = {
  Name: NAME,
  ArtifactStoreUri: S3_URI,
  ModelRegistrationMode: {
    type: "string",
    enum: ["AutoModelRegistrationEnabled", "AutoModelRegistrationDisabled"],
  },
  WeeklyMaintenanceWindowStart: MAINTENANCE,
  DefaultDomainIdList: {
    type: "list",
    of: { type: "string", max: 63, pattern: "d-(-*[a-z0-9]){1,61}" },
  },
  AccountDefaultStatus: DEFAULT_STATUS,
};
const PAGES: Readonly<Record<string, Shape>> = {
  CreatedAfter: TIMESTAMP,
  CreatedBefore: TIMESTAMP,
  MlflowVersion: VERSION,
  SortBy: { type: "string", enum: ["Name", "CreationTime", "Status"] },
  SortOrder: { type: "string", enum: ["Ascending", "Descending"] },
  NextToken: NEXT_TOKEN,
  MaxResults: { type: "integer", min: 1, max: 100 },
};
const LINK: Readonly<Record<string, Shape>> = {
  ExpiresInSeconds: { type: "integer", min: 5, max: 300 },
  SessionExpirationDurationInSeconds: { type: "integer", min: 1800, max: 43200 },
};

export const CREATE_SERVER: StructureShape = {
  type: "structure",
  required: ["TrackingServerName", "ArtifactStoreUri", "RoleArn"],
  members: {
    TrackingServerName: NAME,
    ...SERVER_MEMBERS,
    MlflowVersion: VERSION,
    RoleArn: ROLE_ARN,
    Tags: TAGS,
  },
};

/** Describe-, Start-, Stop- and DeleteMlflowTrackingServer. */
export const SERVER_NAME: StructureShape = {
  type: "structure",
  required: ["TrackingServerName"],
  members: { TrackingServerName: NAME },
};

export const UPDATE_SERVER: StructureShape = {
  type: "structure",
  required: ["TrackingServerName"],
  members: { TrackingServerName: NAME, ...SERVER_MEMBERS },
};

export const LIST_SERVERS: StructureShape = {
  type: "structure",
  members: { ...PAGES, TrackingServerStatus: SERVER_STATUS },
};

export const SERVER_LINK: StructureShape = {
  type: "structure",
  required: ["TrackingServerName"],
  members: { TrackingServerName: NAME, ...LINK },
};

export const CREATE_APP: StructureShape = {
  type: "structure",
  required: ["Name", "ArtifactStoreUri", "RoleArn"],
  members: {
    ...APP_MEMBERS,
    RoleArn: ROLE_ARN,
    KmsKeyId: { type: "string", max: 2048, pattern: "[a-zA-Z0-9:/_-]*" },
    Tags: TAGS,
  },
};

/** Describe- and DeleteMlflowApp. */
export const APP: StructureShape = {
  type: "structure",
  required: ["Arn"],
  members: { Arn: APP_ARN },
};

export const UPDATE_APP: StructureShape = {
  type: "structure",
  required: ["Arn"],
  members: { Arn: APP_ARN, ...APP_MEMBERS },
};

export const LIST_APPS: StructureShape = {
  type: "structure",
  members: {
    ...PAGES,
    Status: APP_STATUS,
    DefaultForDomainId: { type: "string" },
    AccountDefaultStatus: DEFAULT_STATUS,
  },
};

export const APP_LINK: StructureShape = {
  type: "structure",
  required: ["Arn"],
  members: { Arn: APP_ARN, ...LINK },
};
