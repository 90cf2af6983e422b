import { mount } from "svelte";
import "$view/theme.css";
import Waiting from "$view/door/Waiting.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");
mount(Waiting, { target });
