import "@fontsource-variable/inter/index.css";
import "maplibre-gl/dist/maplibre-gl.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/answers.css";
import "./styles/forms.css";
import "./styles/line.css";
import "./styles/map.css";
import "./styles/print.css";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("The page has no place for the app.");
mount(App, { target });
