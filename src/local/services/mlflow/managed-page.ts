/** What a browser sees at a managed server's address: what it is, and that there are no pages of MLflow's here. */

import { escapeXml } from "../../wire/aws-query.ts";
import type { WireResponse } from "../../wire/message.ts";

/** What is told. */
export interface PageFacts {
  readonly arn: string;
  /** The folder of its runs. */
  readonly runs: string;
  /** `http://127.0.0.1:4566`, as far as it is known. */
  readonly endpoint: string;
  /** The session that the page begins. */
  readonly session?: { readonly token: string; readonly seconds: number; readonly path: string };
}

/** The name of the cookie that a session is known by. */
export const SESSION_COOKIE = "mlflow-session";

/** The page. */
export function managedPage({ arn, runs, endpoint, session }: PageFacts): WireResponse {
  const [name, folder] = [escapeXml(arn), escapeXml(runs)];
  const words = [
    `<h1>${name}</h1>`,
    "<p>A managed MLflow server of the local cloud. It answers MLflow's REST API, and has no pages of its own.</p>",
    `<p>To log to it from Python: <code>MLFLOW_TRACKING_URI=${name} SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT=${escapeXml(endpoint)}</code>, with <code>sagemaker-mlflow</code> installed.</p>`,
    `<p>To look at its runs: <code>mlflow migrate-filestore --source ${folder} --target sqlite:///mlflow.db</code>, then <code>mlflow server --backend-store-uri sqlite:///mlflow.db</code>.</p>`,
    ...(session
      ? [
          `<p>For ${session.seconds} seconds this browser may ask it: <a href="api/2.0/mlflow/experiments/search?max_results=1000">experiments</a>, as JSON.</p>`,
        ]
      : []),
  ];
  return {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      ...(session && {
        "set-cookie": `${SESSION_COOKIE}=${session.token}; Path=${session.path}; Max-Age=${session.seconds}; HttpOnly; SameSite=Strict`,
      }),
    },
    body: `<!doctype html><meta charset="utf-8"><title>${name}</title>${words.join("\n")}\n`,
  };
}
