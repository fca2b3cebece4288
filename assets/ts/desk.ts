// What only the desk uses, beside site.js.
import "./week";
