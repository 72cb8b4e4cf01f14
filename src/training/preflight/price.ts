/** What an instance costs an hour: AWS's price list, as far as the caller may read it. */

import { MissingClientError } from "../../aws/optional.ts";
import { awsErrorCode } from "../../aws/translate.ts";
import type { Session } from "../../session.ts";
import { linkedController, untilAborted } from "../abort.ts";
import type { KnownPrices } from "../cost.ts";
import { PREFLIGHT_TIMEOUT_MS } from "./check.ts";

/** A product of the price list, as far as it is read. */
interface Product {
  readonly product?: { readonly attributes?: Readonly<Record<string, string>> };
  readonly terms?: {
    readonly OnDemand?: Readonly<
      Record<
        string,
        {
          readonly priceDimensions?: Readonly<
            Record<
              string,
              { readonly unit?: string; readonly pricePerUnit?: { readonly USD?: string } }
            >
          >;
        }
      >
    >;
  };
}

/**
 * Asks the price list for on-demand prices of training instances.
 *
 * @param types - the instance types
 * @param region - the job's region
 * @param session - whose caller asks
 * @param signal - ends the asking
 * @returns the prices, or why there are none; throws only the signal's reason
 */
export async function listedPrices(
  types: readonly string[],
  region: string,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<KnownPrices> {
  const bounded = linkedController(signal);
  const timer = setTimeout(() => bounded.abort(new Error("no answer came")), PREFLIGHT_TIMEOUT_MS);
  try {
    const work = Promise.all(
      types.map(
        async (type) => [type, await onePrice(type, region, session, bounded.signal)] as const,
      ),
    );
    const found = await untilAborted(work, bounded.signal);
    return {
      perHour: new Map(
        found.flatMap(([type, price]) => (price === undefined ? [] : [[type, price]])),
      ),
      source: "AWS's price list",
      missing: `AWS's price list has no training price of it in ${region}`,
    };
  } catch (error) {
    signal?.throwIfAborted();
    return { perHour: new Map(), source: "AWS's price list", missing: reasonOf(error) };
  } finally {
    clearTimeout(timer);
    bounded.dispose();
  }
}

async function onePrice(
  type: string,
  region: string,
  session: Session,
  abortSignal: AbortSignal,
): Promise<number | undefined> {
  const pricing = await session.clients.optional("pricing");
  const match = (Field: string, Value: string) => ({ Type: "TERM_MATCH" as const, Field, Value });
  const { PriceList = [] } = await pricing.getProducts(
    {
      ServiceCode: "AmazonSageMaker",
      Filters: [
        match("regionCode", region),
        match("instanceName", type),
        match("component", "Training"),
      ],
      MaxResults: 100,
    },
    { abortSignal },
  );
  return priceOf(PriceList);
}

/**
 * The on-demand price of an hour in US dollars: the highest where several products match, since it is for a ceiling.
 *
 * @param list - products: JSON as text, one each
 */
export function priceOf(list: readonly unknown[]): number | undefined {
  const prices = list.flatMap((entry) => {
    const { terms } = parsed(entry);
    return Object.values(terms?.OnDemand ?? {})
      .flatMap(({ priceDimensions = {} }) => Object.values(priceDimensions))
      .filter(({ unit = "Hrs" }) => /^(hrs?|hours?)$/i.test(unit))
      .map(({ pricePerUnit }) => Number(pricePerUnit?.USD))
      .filter((price) => Number.isFinite(price) && price > 0);
  });
  return prices.length === 0 ? undefined : Math.max(...prices);
}

function parsed(entry: unknown): Product {
  try {
    // The client gives text as an object of its own that can parse itself.
    const isText = typeof entry === "string" || entry instanceof String;
    const product: unknown = isText ? JSON.parse(String(entry)) : entry;
    return typeof product === "object" && product !== null ? product : {};
  } catch {
    return {};
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof MissingClientError) {
    return `its price is not known: ${error.packageName} is not installed`;
  }
  const code = awsErrorCode(error);
  const said = code === "" || code === "Error" ? String((error as Error).message) : code;
  return `its price is not known: the price list could not be read (${said})`;
}
