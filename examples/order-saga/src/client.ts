import { Inngest } from "stepfast";

export const client = new Inngest({ id: "shop" });
