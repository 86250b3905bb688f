// biome-ignore-all format: the code is as the document prints it.
// biome-ignore-all lint: the code is as the document prints it.
import { inngest } from "./client.ts";
import { dallE, midjourney, pusher } from "./services.ts";

export const generateResult =
inngest.createFunction(
  { id: "generate-result" },
  { event: "prompt.created" },
  async ({ event, step }) => {
    // try one AI model, if it fails, try another
    let imageURL: string | null = null;
    let via: "dall-e" | "midjourney";

    try {
      imageURL = await step.run("generate-image-dall-e", () => {
        // open api call to generate image...
        return dallE.generate(event.data.prompt);
      });
      via = "dall-e";
    } catch (err) {
      imageURL = await step.run("generate-image-midjourney", () => {
        // midjourney call to generate image...
        return midjourney.generate(event.data.prompt);
      });
      via = "midjourney";
    }

    await step.run("notify-user", () => {
      return pusher.trigger(event.data.channelID, "image-result", {
        imageURL,
        via,
      });
    });
  },
);
