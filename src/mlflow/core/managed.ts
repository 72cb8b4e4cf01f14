/** The two kinds of SageMaker-managed MLflow, as their requests tell them apart (pure). */

/** A tracking server, or a serverless app. */
export type ManagedKind = "mlflow-tracking-server" | "mlflow-app";

/** How a kind is spoken to. */
export interface ManagedAccess {
  /** The name that requests are signed for. */
  readonly service: string;
  /** The header, signed, that says which one is meant, by its ARN. */
  readonly header: string;
  /** The actions that the caller needs, on the ARN. */
  readonly action: string;
  /** The host of all that are in a region. */
  host(region: string): string;
}

/** By what the ARN calls them. */
export const MANAGED: Readonly<Record<ManagedKind, ManagedAccess>> = {
  "mlflow-tracking-server": {
    service: "sagemaker-mlflow",
    header: "x-mlflow-sm-tracking-server-arn",
    action: "sagemaker-mlflow:*",
    host: (region) => `${region}.experiments.sagemaker.aws`,
  },
  "mlflow-app": {
    service: "sagemaker",
    header: "x-sm-mlflow-app-arn",
    action: "sagemaker:CallMlflowAppApi",
    host: (region) => `mlflow.sagemaker.${region}.app.aws`,
  },
};

/** The ARN of one. */
export function managedArn(
  kind: ManagedKind,
  { region, account }: { readonly region: string; readonly account: string },
  id: string,
): string {
  return `arn:aws:sagemaker:${region}:${account}:${kind}/${id}`;
}
