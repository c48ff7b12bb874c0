import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./app/page.css";
import { App } from "./app/app";
import { keepTheme } from "./app/theme";

keepTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element #root.");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
