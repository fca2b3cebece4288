// What only the desk uses, beside site.js.
import "./leaving";
import "./note";
import "./week";
