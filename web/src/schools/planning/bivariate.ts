/** Two numbers of an area as one colour: three classes of each, nine colours (Stevens 2015, "BlueYlOrange"-free set). */
