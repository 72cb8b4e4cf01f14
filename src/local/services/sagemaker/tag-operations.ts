/** AddTags, ListTags and DeleteTags, whatever it is that has the tags. */

import type { AwsJsonOperations } from "../../wire/aws-json.ts";
import { checked } from "../../wire/json-input.ts";
import { ServiceError } from "../../wire/service-error.ts";
import { ADD_TAGS, DELETE_TAGS, LIST_TAGS } from "./sagemaker.model.ts";
import { checkTags, pageOfTags } from "./tags.ts";
import type { Tag } from "./training-request.ts";

/** Something that has tags. */
export interface Tagged {
  /** `A training job`. */
  readonly what: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Adds some, or gives them other values. @throws ServiceError where it takes none */
  add(tags: Readonly<Record<string, string>>): Promise<void>;
  /** Takes some away; those that are not there do not matter. @throws ServiceError where it takes none */
  remove(keys: readonly string[]): Promise<void>;
}

/** What an ARN names, when it is of the finder's kind and is there. */
export type TagFinder = (arn: string) => Promise<Tagged | undefined>;

const INVALID = "ValidationException";

/**
 * The operations.
 *
 * @param finders - one for each kind of resource that has tags
 */
export function tagOperations(finders: readonly TagFinder[]): AwsJsonOperations {
  const requireTagged = async (arn: string): Promise<Tagged> => {
    for (const find of finders) {
      const found = await find(arn);
      if (found !== undefined) return found;
    }
    throw new ServiceError(INVALID, "Requested resource not found.");
  };
  return {
    AddTags: async (input) => {
      const { ResourceArn: arn, Tags: added } = checked<{ ResourceArn: string; Tags: Tag[] }>(
        ADD_TAGS,
        input,
        INVALID,
      );
      const tagged = await requireTagged(arn);
      checkTags(tagged.tags, added, tagged.what);
      const tags = Object.fromEntries(added.map(({ Key, Value }) => [Key, Value]));
      await tagged.add(tags);
      return { Tags: pageOfTags({ ...tagged.tags, ...tags }, {}).Tags };
    },

    ListTags: async (input) => {
      const query = checked<{ ResourceArn: string; NextToken?: string; MaxResults?: number }>(
        LIST_TAGS,
        input,
        INVALID,
      );
      return { ...pageOfTags((await requireTagged(query.ResourceArn)).tags, query) };
    },

    DeleteTags: async (input) => {
      const { ResourceArn: arn, TagKeys: keys } = checked<{
        ResourceArn: string;
        TagKeys: string[];
      }>(DELETE_TAGS, input, INVALID);
      await (await requireTagged(arn)).remove(keys);
      return {};
    },
  };
}
